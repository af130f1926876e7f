"""A trained model as one web page: it computes in the browser, without a server."""
