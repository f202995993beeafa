/** Lazy sessions: pages that stay with CRIU on this host until the destination asks for them. */
package io.pageproxy.source.lazy;
