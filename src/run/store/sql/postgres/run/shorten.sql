UPDATE run SET lease_until = $1 + lease_ms WHERE id IN (SELECT id FROM run WHERE state = 'running' AND lease_until > $1 + lease_ms FOR UPDATE SKIP LOCKED)
