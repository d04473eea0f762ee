controls=()
run_controls() { :; }
