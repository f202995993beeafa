/** The rsync of a host, and what a copy takes; both sides use it. Depends on processes alone. */
package io.pageproxy.rsync;
