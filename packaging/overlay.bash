# Sourced by tests: an overlay of this machine's root. What a test changes stays in its upper layer, in memory.

# Mounts it at $1/root; the upper layer is $1/layers/upper. /tmp and /run are new and empty, and $1 itself is visible.
overlay_mount() {
    local work=$1 dir
    mkdir "$work/layers" "$work/root"
    mount -t tmpfs -o mode=755 pageproxy-test "$work/layers" # the upper layer may not lie within the lower one
    mkdir "$work/layers/upper" "$work/layers/work"
    mount -t overlay -o "lowerdir=/,upperdir=$work/layers/upper,workdir=$work/layers/work" pageproxy-test "$work/root"
    for dir in proc sys dev; do
        mount --rbind "/$dir" "$work/root/$dir"
        mount --make-rslave "$work/root/$dir"
    done
    mount -t tmpfs pageproxy-test "$work/root/tmp"
    mount -t tmpfs -o mode=755 pageproxy-test "$work/root/run"
    mkdir -p "$work/root$work"
    mount --bind "$work" "$work/root$work"
}

overlay_unmount() {
    umount -R "$1/root" 2>/dev/null || true
    umount "$1/layers" 2>/dev/null || true
}
