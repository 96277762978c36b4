/** A Unix socket's folder and the number in its name; without folder (Windows) a port of the loopback address. */
export interface ServerAddress {
  readonly socketFolder?: string
  readonly port: number
}

/**
 * Settings of the private server, given on its command line, where they win over every file.
 *
 * What people write must not reach PostgreSQL's log. Errors of statements quote values ("invalid input syntax … "…""),
 * details quote rows and, after a crash of a backend, the statement itself; so only the server's own events are logged,
 * without details. The application hears of its errors from the connection.
 */
export const serverSettings = (address: ServerAddress): Readonly<Record<string, string>> => ({
  port: String(address.port),
  ...(address.socketFolder === undefined
    ? { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
    : { listen_addresses: '', unix_socket_directories: address.socketFolder, unix_socket_permissions: '0700' }),
  password_encryption: 'scram-sha-256',
  max_connections: '60',

  // Nothing acknowledged is lost.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_compression: 'on',
  max_wal_size: '512MB',

  // A laptop: measured at rest, see docs/performance.md.
  shared_buffers: '64MB',
  jit: 'off',
  // Solid-state disks, which is what schools' machines have: an index scan is nearly always right.
  random_page_cost: '1.1',

  // `log`: the server's own events, fatal ones and panics; no statement's error or warning.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_lock_waits: 'off',
  log_autovacuum_min_duration: '-1',
  log_checkpoints: 'off',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  lc_messages: 'C',
})
