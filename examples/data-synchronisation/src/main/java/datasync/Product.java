package datasync;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.math.BigDecimal;

/**
 * A row of the source's table. Columns that the copy does not have are passed over, so that one can be added at the
 * source first.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Product(String sku, String name, BigDecimal price, Integer stock, Long version) {
    public Product {
        if (sku == null || version == null) {
            throw new IllegalArgumentException("a row needs a sku and a version");
        }
    }
}
