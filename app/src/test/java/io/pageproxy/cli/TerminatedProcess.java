package io.pageproxy.cli;

import java.util.concurrent.CountDownLatch;

/** A process whose work completes, fails, or runs until it is asked to stop. */
final class TerminatedProcess {
    private TerminatedProcess() {}

    public static void main(String[] args) throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        int code =
                Termination.run(
                        () -> {
                            System.out.println("working");
                            switch (args[0]) {
                                case "end" -> {
                                    return 4;
                                }
                                case "fail" -> throw new IllegalStateException("as asked");
                                default -> {
                                    stopped.await();
                                    System.out.println("tidied up");
                                    return 7;
                                }
                            }
                        },
                        () -> {
                            System.out.println("told to stop");
                            stopped.countDown();
                        });
        System.exit(code);
    }
}
