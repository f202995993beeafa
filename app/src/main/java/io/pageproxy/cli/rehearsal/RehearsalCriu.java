package io.pageproxy.cli.rehearsal;

import io.pageproxy.pagestream.RecordLayout;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A script in place of criu: it dumps memory that was prepared, and restores nothing. So a
 * rehearsal starts real children, and needs neither rights nor CRIU.
 *
 * @param program to be started as criu
 * @param restored names the process that it restores, by its pid
 */
record RehearsalCriu(Path program, Path restored) {
    /** Layout of the records that it sends. */
    static final RecordLayout LAYOUT = RecordLayout.BYTES_32;

    /** Folders of barriers are removed here too: if this process is killed, nobody else does. */
    private static final String SCRIPT =
            """
            #!/bin/sh
            # pageproxy rehearses with this in place of criu; see docs/how-to/resident.md.
            set -eu
            all() {
            %s}
            changed() {
            %s}
            action=$1 tree= images= previous= barrier= pidfile=
            while [ $# -gt 0 ]; do
                case $1 in
                --tree) tree=$2 ;;
                --images-dir) images=$2 ;;
                --prev-images-dir) previous=$2 ;;
                --action-script) barrier=$2 ;;
                --pidfile) pidfile=$2 ;;
                esac
                shift
            done
            case $barrier in
            */pageproxy-barrier*/post-*) trap 'rm -rf "${barrier%%/*}"' EXIT ;;
            esac
            export CRTOOLS_SCRIPT_ACTION="${barrier##*/}"
            case $action in
            pre-dump)
                all
                ;;
            dump)
                if [ -n "$previous" ]; then changed; else all; fi
                if [ -n "$barrier" ]; then
                    for name in inventory pstree files mm-1 core-1 fs-1 ids-1; do
                        echo "$name" >"$images/$name.img"
                    done
                    "$barrier"
                    kill -KILL "$tree"
                fi
                ;;
            restore)
                cat "$images/inventory.img" >/dev/null # is there when all images are
                read -r CRTOOLS_INIT_PID <'%s'
                export CRTOOLS_INIT_PID
                "$barrier"
                echo "$CRTOOLS_INIT_PID" >"$pidfile"
                ;;
            esac
            """;

    /** Writes it, and what it sends, to a folder. */
    static RehearsalCriu write(RehearsalFolder folder, int pageSizeBytes) throws IOException {
        RehearsalPages pages = new RehearsalPages(pageSizeBytes);
        Path restored = folder.path().resolve("restored");
        String all = pages.recordAll(folder.makeFolder("all"));
        String changed = pages.recordChanged(folder.makeFolder("changed"));
        String script = SCRIPT.formatted(all, changed, restored);
        return new RehearsalCriu(folder.writeProgram("criu", script), restored);
    }
}
