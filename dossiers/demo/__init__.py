"""Demo data: accounts for every role and some hundred dossiers, so that every screen has life (DEMO=1 only).

Every dossier is made by the services that people use, at moments of the past weeks (`worktime.at`), from a fixed seed:
two loads on one day make the same dossiers.
"""
