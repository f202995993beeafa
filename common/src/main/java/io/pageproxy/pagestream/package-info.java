/**
 * CRIU's page-server stream: record layouts, commands and their replies, and a parser that accepts
 * nothing else. Depends only on Netty's buffers.
 */
package io.pageproxy.pagestream;
