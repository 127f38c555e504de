SELECT rows, lots, sha256 FROM points_plan WHERE id = $1
