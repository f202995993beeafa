package io.pageproxy.dest.policy;

/**
 * A position in a file.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
record Place(int line, int column) {
    /** The start, used for problems of the file as a whole. */
    static final Place START = new Place(1, 1);

    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
