"""The kinds of database the store can lie in, with one promise of a transaction; ``open_database`` chooses."""
