# Writes the limit $2 to the file $1 when pageproxy, at the other end of descriptor 3, ends without "leave".
echo >&3
while read -r word <&3; do
    [ "$word" != leave ] || exit 0
done
printf '%s' "$2" >"$1"
