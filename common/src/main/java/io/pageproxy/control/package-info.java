/**
 * Jobs given over HTTP at a Unix socket: a registry of jobs that run on threads of their own, what
 * each has said, and the server. Depends on HTTP and local sockets; knows neither what a job does
 * nor how its options are read.
 */
package io.pageproxy.control;
