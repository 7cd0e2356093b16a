from rights.requestmodels import SubjectRequest

__all__ = ["SubjectRequest"]
