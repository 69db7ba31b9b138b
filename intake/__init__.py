"""Where leads come in from outside: mail, machines that post, and the form on the store's website."""
