/**
 * The destination side: sessions of authenticated peers, each with a page server of its own, whose
 * images are proven whole before anybody hears success. Data flows ingress (tunnel) to egress (page
 * server).
 */
package io.pageproxy.dest;
