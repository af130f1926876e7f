"""Live data: what changes by itself reaches the browser over one stream a tab. See docs/live.md."""
