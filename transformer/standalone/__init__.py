"""A trained model as one web page that computes in the browser, without a server."""
