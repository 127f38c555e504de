-- A statement whose client is gone ends within two seconds.
SET LOCAL client_connection_check_interval = 2000
