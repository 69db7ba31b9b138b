"""How a store's files reach us: a folder that is watched, a server that is asked, a page they are uploaded on."""
