/**
 * What the HTTP servers of a proxy share: bounded connections of permitted users, each for one
 * request, and the end of a response. Knows no resources.
 */
package io.pageproxy.http;
