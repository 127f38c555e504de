SET work_mem = '2GB';
SET max_parallel_workers_per_gather = 2;
SET jit = off;
