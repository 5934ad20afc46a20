"""The dashboard in a browser. A package, so that its `conftest` is another module than that of `tests/clients`, which tests there import by that name."""
