"""Live data: the server sends changes to the browser over one event stream per tab. See docs/live.md."""
