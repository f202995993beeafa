/**
 * CRIU's page-server stream: where a record's fields lie, what each command carries and awaits, and
 * a parser that lets nothing else pass. Depends on Netty's buffers only.
 */
package io.pageproxy.pagestream;
