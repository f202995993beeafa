package io.pageproxy.cli.check;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.local.ListeningSocket;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.IOException;

/** Checks that {@code --listen} can be listened on, and closes it at once. */
final class ListenCheck {
    private static final String SUBJECT = "listen";

    private ListenCheck() {}

    static Finding run(Endpoint address, EventLoopGroup group) throws InterruptedException {
        ServerBootstrap bootstrap =
                new ServerBootstrap().group(group).childHandler(new ClosingHandler());
        try {
            Channel server =
                    ListeningSocket.open(bootstrap, address, "--listen", LocalUsers.ownOrRoot());
            server.close().awaitUninterruptibly();
            return Finding.ok(SUBJECT, address + " is free");
        } catch (IOException e) {
            return Finding.failed(SUBJECT, e.getMessage());
        }
    }

    /** Closes whoever connects in this moment. */
    private static final class ClosingHandler extends ChannelInboundHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.close();
        }
    }
}
