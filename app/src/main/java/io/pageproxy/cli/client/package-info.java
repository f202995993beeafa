/**
 * The client of a resident source: gives it the command line as a job and shows what the job says.
 * Uses the JDK only, and little of it, since it has to start in no time: no picocli, Netty, logging
 * or JNA.
 */
package io.pageproxy.cli.client;
