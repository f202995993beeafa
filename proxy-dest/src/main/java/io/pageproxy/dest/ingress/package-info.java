/** Where pages come in: the port for tunnels. */
package io.pageproxy.dest.ingress;
