"""The rules a version of a procedure is held to, by the part of it they look at. `procedures.checking` applies them."""
