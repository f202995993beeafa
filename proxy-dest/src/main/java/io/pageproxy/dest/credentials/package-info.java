/**
 * As whom the tasks of a tree would run, read from its images before it is restored. May depend on
 * {@code dest.pagemap}.
 */
package io.pageproxy.dest.credentials;
