/**
 * The source side: one session after the other, each from a destination that has accepted it to a
 * dumper that has been told the truth. Data flows ingress (dumper) to egress (tunnel).
 */
package io.pageproxy.source;
