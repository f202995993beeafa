/**
 * Commands of the operator that run at certain phases of a migration, to move what the tree needs:
 * addresses, volumes, entries of a load balancer. Both sides use it.
 */
package io.pageproxy.hook;
