# Runs the server given as arguments until standard input ends, then stops it and removes FOLDER.
# Standard input is a pipe that only the test process holds open, so this also happens after its kill -9.

"$@" </dev/null >"$FOLDER/log" 2>&1 &
server=$!

read -r _

# Asked again and again, because the end may come before the server has written its process id.
# SIGQUIT: nothing here is worth a checkpoint. A standalone server of initdb writes a negative id.
waited=0
while kill -0 "$server" 2>/dev/null; do
    pid=$(head -n 1 "$FOLDER/data/postmaster.pid" 2>/dev/null)
    case $pid in
        '' | *[!0-9]*) kill -TERM "$server" ;;
        *) if [ "$waited" -lt 100 ]; then kill -QUIT "$pid"; else kill -KILL "$pid"; fi ;;
    esac
    [ "$waited" -lt 120 ] || kill -KILL "$server"
    waited=$((waited + 1))
    sleep 0.1
done 2>/dev/null

# An initdb that was cut short may still be writing.
for _ in 1 2 3 4 5; do
    rm -rf "$FOLDER" 2>/dev/null && break
    sleep 1
done
