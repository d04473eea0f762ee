echo "$GREETING from $(pwd)"
exec sleep 600
