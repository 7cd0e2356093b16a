"""What a migration does to rows that were there before it."""

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from agencies import listing
from agencies.listingmodels import Listing, Origin
from agencies.models import Agency
from agencies.roles import Role
from config.wall.build import build
from demo import builders as make
from tests.conftest import owning


def migrated(to: str = "") -> None:
    """The tables as that migration of agencies leaves them, or as all migrations do. All of it is undone
    with the test."""
    with owning():
        with connection.cursor() as cursor:
            # No table is altered while keys wait to be looked at.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        executor = MigrationExecutor(connection)
        executor.migrate([("agencies", to)] if to else executor.loader.graph.leaf_nodes())


def test_what_is_public_before_there_are_public_names_stays_so(db: None, settings: Any) -> None:
    """Under the name that was public till then; of other agencies the public is told no name."""
    settings.HSDS_PUBLIC = True
    boss, hidden, silent = (
        make.make_member(agency=make.make_agency(name=name), role=Role.AGENCY_ADMIN)
        for name in ("Listed", "Not listed", "Without a word")
    )
    make.make_listed(by=boss, agency_public_name="Said later")
    # A second service of it that is not listed, and one of an agency that lists none.
    for by in (boss, hidden):
        listing.set_listing(
            service=make.make_service(agency=by.agency),
            facts={"name": "Quiet", "agency_public_name": "Said later"},
            by=by,
            at=timezone.now(),
        )
    service = make.make_service(agency=silent.agency)
    Origin.objects.create(
        agency=silent.agency, service=service, source="other", kind="service", foreign_id="1"
    )

    migrated("0010_guests")
    with connection.cursor() as cursor:
        columns = {
            each.name
            for table in ("agencies_agency", "agencies_origin")
            for each in connection.introspection.get_table_description(cursor, table)
        }
    migrated("0011_public_names")
    migrated()
    # With the column of the space its policy went, too: the wall is put up again after each release.
    with owning(), connection.cursor() as cursor:
        cursor.execute("COMMENT ON SCHEMA wall IS ''")
        build()

    assert columns & {"public_name", "status_is_ours"} == set()
    with owning():
        names = Agency.objects.filter(name__in=["Listed", "Not listed", "Without a word"])
        assert dict(names.values_list("name", "public_name")) == {
            "Listed": "Listed", "Not listed": "", "Without a word": "",
        }  # fmt: skip
        assert set(Listing.objects.values_list("name", "is_listed")) == {
            ("Help at once", True), ("Quiet", False),
        }  # fmt: skip
        assert list(Origin.objects.values_list("foreign_id", "status_is_ours")) == [
            ("1", False)
        ]
    organizations = Client().get("/hsds/organizations").json()["contents"]
    assert [each["name"] for each in organizations] == ["Listed"]
