/**
 * What commands share that run the pair on this machine for a while: a folder that goes away,
 * throw-away certificates, other programs, and the end by a signal. It may depend on the example
 * PKI; it knows neither picocli nor the commands.
 */
package io.pageproxy.app.local;
