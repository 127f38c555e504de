UPDATE runner SET stopped_at = $2, seen_at = $2 WHERE owner = $1
