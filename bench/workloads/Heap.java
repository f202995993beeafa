import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A Java heap of mixed objects: the arguments are how many records and the file to make when it holds them. */
class Heap {
    record Order(long id, String customer, double amount, int[] items, byte[] signature, List<String> notes) {}

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        Random random = new Random(20260103);
        Map<Long, Order> orders = new HashMap<>();
        for (int i = 0; i < count; i++) {
            Order order = order(random, i);
            orders.put(order.id(), order);
        }
        Files.createFile(Path.of(arguments[1]));
        Thread.sleep(Long.MAX_VALUE);
        System.out.println(orders.size());
    }

    private static Order order(Random random, int i) {
        byte[] signature = new byte[32];
        random.nextBytes(signature);
        List<String> notes = new ArrayList<>();
        for (int n = random.nextInt(4); n >= 0; n--) {
            notes.add("note " + n + " of order " + i + ": " + Integer.toHexString(random.nextInt()));
        }
        return new Order(
                1_000_000L + i,
                "customer-" + random.nextInt(50_000),
                random.nextInt(100_000) / 100.0,
                random.ints(random.nextInt(12), 0, 5_000).toArray(),
                signature,
                notes);
    }
}
