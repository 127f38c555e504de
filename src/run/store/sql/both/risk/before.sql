SELECT as_of, rules, rows, rows_sha256 FROM risk_list WHERE as_of < $1 ORDER BY as_of DESC, revision DESC LIMIT 1
