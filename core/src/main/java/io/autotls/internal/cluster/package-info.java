/**
 * What nodes share besides records: leases, challenges under way, what they found out about
 * issuers.
 */
@NullMarked
package io.autotls.internal.cluster;

import org.jspecify.annotations.NullMarked;
