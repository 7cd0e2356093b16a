from tests.pages.test_casepage import *
def test_q(visiting, sender, supervisor, case):
    v=visiting(supervisor); v.see(f"/cases/{case.code}/")
    with CaptureQueriesContext(connection) as q:
        v.see(f"/cases/{case.code}/")
    for x in q.captured_queries: print(x["sql"][:230]); print()
    assert 0
