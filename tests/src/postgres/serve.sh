# Makes a cluster in FOLDER/data and serves it on the loopback PORT. Nothing here survives a crash, nor has to. The newer way to check
# a password takes milliseconds of each of the thousands of connections.

"$BINARIES/initdb" --pgdata="$FOLDER/data" --username=fastenr --pwfile="$FOLDER/password" --auth=md5 \
    --encoding=UTF8 --locale=C --no-sync --no-instructions &&
    "$BINARIES/postgres" -D "$FOLDER/data" -p "$PORT" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100 -c shared_buffers=32MB \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB

# Tells the test process not to wait any longer.
: >"$FOLDER/stopped"
