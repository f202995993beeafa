/**
 * Sanitising and limiting text from peers, files and child processes for display and logs. Depends
 * on nothing else in this project.
 */
package io.pageproxy.text;
