-- Which server it is, the connection's number, and the account that the server takes the user for, which its host need not name alone.
SELECT VERSION(), CAST(CONNECTION_ID() AS CHAR),
  CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', LENGTH(CURRENT_USER()) - LENGTH(REPLACE(CURRENT_USER(), '@', '')))),
    '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))
