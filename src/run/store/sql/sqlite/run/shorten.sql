UPDATE run SET lease_until = $1 + lease_ms WHERE state = 'running' AND lease_until > $1 + lease_ms
