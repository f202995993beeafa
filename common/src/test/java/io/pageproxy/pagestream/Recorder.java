package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Records a parser's events, with the pages of one range joined. */
final class Recorder implements PageStreamListener {
    private final List<String> events = new ArrayList<>();
    private final ByteArrayOutputStream pages = new ByteArrayOutputStream();

    @Override
    public void onRecord(PageRecord page) {
        finishPages();
        events.add(page.toString());
    }

    @Override
    public void onPages(ByteBuf in, int index, int lengthBytes) {
        byte[] content = new byte[lengthBytes];
        in.getBytes(index, content);
        pages.writeBytes(content);
    }

    private void finishPages() {
        if (pages.size() > 0) {
            events.add("pages " + Arrays.hashCode(pages.toByteArray()));
            pages.reset();
        }
    }

    List<String> events() {
        finishPages();
        return events;
    }
}
