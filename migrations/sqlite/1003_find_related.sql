-- Who answers or quotes a record that goes; those by one account begin alike.
CREATE INDEX record_answers ON record (answers) WHERE answers IS NOT NULL;
CREATE INDEX record_quotes ON record (quotes) WHERE quotes IS NOT NULL;
