/** What CRIU dumps at the source: its commands, a lazy dump as a child, the images, the tasks. */
package io.pageproxy.source.migrate.dump;
