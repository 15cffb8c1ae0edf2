// Made from the OpenAPI document of the daemon by `npm run types`. Not to be edited.

export interface paths {
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** whether the daemon works; 503 while it does not */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                        } & components["schemas"]["Health"];
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/meta": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what does not change while it runs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                        } & components["schemas"]["Meta"];
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** everything the daemon says of itself */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                        } & components["schemas"]["Status"];
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/positions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what is held */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            positions: components["schemas"]["PositionStatus"][];
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** orders that have not filled yet */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            orders: components["schemas"]["OrderStatus"][];
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/fills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** executions */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            fills: components["schemas"]["FillRow"][];
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/equity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the equity curve */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            equity: components["schemas"]["EquityCurve"];
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/bars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** closed bars of a symbol */
        get: {
            parameters: {
                query: {
                    symbol: string;
                    limit?: number;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            symbol: string;
                            bars: components["schemas"]["Bars"];
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the decision log */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            decisions: components["schemas"]["DecisionRow"][];
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live/control": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** give a command */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PauseWish"] | components["schemas"]["ResumeWish"] | components["schemas"]["FlattenWish"] | components["schemas"]["StopWish"] | components["schemas"]["CloseWish"];
                };
            };
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                        } & components["schemas"]["Said"];
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** exchange the token for a cookie */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Credentials"];
                };
            };
            responses: {
                /** @description as asked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                        };
                    };
                };
                /** @description an error */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            api_version: 1;
                            error: components["schemas"]["Error"];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Health */
        Health: {
            condition: components["schemas"]["Condition"];
            detail: string;
        };
        /**
         * Condition
         * @description How the daemon itself is, whatever the account does.
         * @enum {unknown}
         */
        Condition: "feed_ended" | "journal_unwritable" | "quarantined" | "recovering" | "running" | "stopping";
        /**
         * Meta
         * @description What does not change while the daemon runs. ``page`` names the page that belongs to this daemon.
         */
        Meta: {
            software: string;
            page: string;
            name: string;
            session: string;
            timeframe: string;
            timeframe_ms: number;
            quote: string;
            symbols: components["schemas"]["SymbolMeta"][];
            data: string;
            synthetic_data: boolean;
            rate: number;
        };
        /**
         * SymbolMeta
         * @description ``decimals`` of a price by its tick, ``lot_decimals`` of a quantity by its lot.
         */
        SymbolMeta: {
            symbol: string;
            strategy: string | null;
            decimals: number;
            lot_decimals: number;
        };
        /**
         * Status
         * @description ``coverage`` is None where nothing is known of it yet.
         */
        Status: {
            name: string;
            session: string;
            condition: components["schemas"]["Condition"];
            detail: string;
            trading_state: components["schemas"]["TradingState"];
            requested: string | null;
            account: components["schemas"]["AccountStatus"];
            positions: components["schemas"]["PositionStatus"][];
            orders: components["schemas"]["OrderStatus"][];
            feeds: components["schemas"]["FeedStatus"][];
            lane: components["schemas"]["LaneStatus"];
            switched_off: components["schemas"]["SwitchedOff"][];
            fills: number;
            refusals: {
                [key: string]: number;
            };
            recoveries: number;
            uptime_s: number;
            synthetic_data: boolean;
            coverage: components["schemas"]["CoverageSummary"] | null;
            poison: components["schemas"]["Poison"] | null;
            wires: components["schemas"]["WiresStatus"] | null;
            keeping: components["schemas"]["Keeping"] | null;
            channels: components["schemas"]["ChannelStats"][];
        };
        /**
         * TradingState
         * @enum {unknown}
         */
        TradingState: "active" | "paused" | "stopped";
        /** AccountStatus */
        AccountStatus: {
            quote: string;
            equity: number;
            cash: number;
            initial: number;
            realised: number;
            fees: number;
            day_loss: number;
            day_loss_limit: number | null;
            entries_blocked: boolean;
        };
        /** PositionStatus */
        PositionStatus: {
            strategy: string;
            symbol: string;
            qty: number;
            entry_price: number | null;
            mark: number | null;
            unrealised: number;
            realised: number;
            stop: number | null;
            take_profit: number | null;
        };
        /** OrderStatus */
        OrderStatus: {
            id: string;
            strategy: string;
            symbol: string;
            side: string;
            qty: number;
            role: string;
            reason: string;
        };
        /**
         * FeedStatus
         * @description ``last_close_time`` is the event time of the newest closed bar, ``age_s`` wall time since anything came.
         */
        FeedStatus: {
            symbol: string;
            last_close_time: number | null;
            last_price: number | null;
            age_s: number | null;
            stale: boolean;
        };
        /**
         * LaneStatus
         * @description ``head`` is the chain head; latencies from inbox to published, in milliseconds, over the last messages.
         */
        LaneStatus: {
            seq: number;
            at: number;
            decisions: number;
            head: string;
            p50_ms: number | null;
            p99_ms: number | null;
            longest_block_ms: number;
        };
        /**
         * SwitchedOff
         * @description A strategy that raised, and is not asked about this symbol any more.
         */
        SwitchedOff: {
            strategy: string;
            symbol: string;
        };
        /**
         * CoverageSummary
         * @description What a run went by, in brief: of a size that does not grow with the number of holes.
         *
         *         ``more`` is how many series, absent ones and assumptions were left out of it.
         */
        CoverageSummary: {
            poor: boolean;
            synthetic: boolean;
            series: components["schemas"]["SeriesShare"][];
            /** @default [] */
            absent: string[];
            /** @default [] */
            assumed: string[];
            /** @default 0 */
            more: number;
        };
        /**
         * SeriesShare
         * @description One series in brief; ``gaps`` is how many holes there are.
         */
        SeriesShare: {
            kind: components["schemas"]["Kind"];
            symbol: string;
            interval: string;
            present: number;
            expected: number | null;
            share: number | null;
            gaps: number;
            /** @default false */
            synthetic: boolean;
            /** @default false */
            poor: boolean;
        };
        /**
         * Kind
         * @description Names a series in the store, on the command line and in reports.
         * @enum {unknown}
         */
        Kind: "basis" | "candles" | "funding" | "index" | "liquidation_events" | "liquidations" | "mark" | "open_interest" | "premium" | "ratios" | "sentiment" | "taker_flow" | "trades";
        /**
         * Poison
         * @description The input that raises whenever it is folded.
         */
        Poison: {
            seq: number;
            message: string;
            traceback: string;
        };
        /**
         * WiresStatus
         * @description How the wires of a live venue are, counted since the start.
         *
         *         ``conflated`` are frames of which only a newer one was kept, ``late_bars`` those that entered after the barrier's
         *         deadline. Weights are of the present minute, ``budget`` is what is used of it at most. ``clock_offset_ms`` is the
         *         venue's time less this machine's, None of a simulated one. ``context_holes`` are lost stretches of figures beside
         *         the candles.
         */
        WiresStatus: {
            connections: number;
            expected_connections: number;
            reconnects: number;
            stale: string[];
            forming: number;
            conflated: number;
            repeated_bars: number;
            late_bars: number;
            weight_used: number;
            weight_budget: number;
            requests_waited: number;
            waited_s: number;
            clock_offset_ms: number | null;
            context_facts: number;
            context_failures: number;
            context_holes: number;
        };
        /**
         * Keeping
         * @description What went into the local store since the start; ``seq`` is the last input of which all is there.
         *
         *         ``revised`` rows differed from those of the same time, ``left_out`` were bad; ``trouble`` is why it does not go on.
         */
        Keeping: {
            store: string;
            rows: number;
            revised: number;
            left_out: number;
            seq: number;
            age_s: number | null;
            failures: number;
            trouble: string;
        };
        /**
         * ChannelStats
         * @description Counters of one channel, for `finantrade graph` and the metrics.
         */
        ChannelStats: {
            name: string;
            capacity: number;
            overflow: components["schemas"]["Overflow"];
            depth: number;
            peak: number;
            sent: number;
            dropped: number;
        };
        /**
         * Overflow
         * @description What happens to the sender of one message too many.
         * @enum {unknown}
         */
        Overflow: "block" | "drop_newest";
        /**
         * FillRow
         * @description An execution: ``seq`` is its input in the journal, amounts in base and quote units.
         */
        FillRow: {
            seq: number;
            id: string;
            order_id: string;
            strategy: string;
            symbol: string;
            side: components["schemas"]["Side"];
            qty: number;
            price: number;
            fee: number;
            role: components["schemas"]["Role"];
            liquidity: components["schemas"]["Liquidity"];
            reason: string;
            time: number;
            backfilled: boolean;
        };
        /**
         * Side
         * @enum {unknown}
         */
        Side: "buy" | "sell";
        /**
         * Role
         * @description What a fill did for its position.
         * @enum {unknown}
         */
        Role: "entry" | "exit" | "liquidation" | "stop" | "take_profit";
        /**
         * Liquidity
         * @enum {unknown}
         */
        Liquidity: "maker" | "taker";
        /**
         * EquityCurve
         * @description The last mark of each close, oldest first.
         */
        EquityCurve: {
            time: number[];
            equity: number[];
        };
        /**
         * Bars
         * @description Closed bars of one symbol, oldest first.
         */
        Bars: {
            open_time: number[];
            open: number[];
            high: number[];
            low: number[];
            close: number[];
            volume: number[];
        };
        /**
         * DecisionRow
         * @description One line of the decision log; ``place`` numbers what one input caused.
         */
        DecisionRow: {
            seq: number;
            place: number;
            at: number;
            said: components["schemas"]["Signal"] | components["schemas"]["Order"] | components["schemas"]["Amend"] | components["schemas"]["Cancel"] | components["schemas"]["Refusal"] | components["schemas"]["Fill"] | components["schemas"]["Rejection"] | components["schemas"]["Cancelled"] | components["schemas"]["Expired"] | components["schemas"]["Liquidated"] | components["schemas"]["FundingPaid"] | components["schemas"]["StateChanged"] | components["schemas"]["EntriesBlocked"] | components["schemas"]["EntriesAllowed"] | components["schemas"]["StrategyFaulted"] | components["schemas"]["Pause"] | components["schemas"]["Resume"] | components["schemas"]["Flatten"] | components["schemas"]["Stop"] | components["schemas"]["ClosePosition"] | components["schemas"]["InputSkipped"] | components["schemas"]["FeedGap"] | components["schemas"]["FeedStale"] | components["schemas"]["FeedRestored"] | components["schemas"]["FeedEnded"] | components["schemas"]["ClockStepped"] | components["schemas"]["BarRevised"];
        };
        /**
         * Signal
         * @description A strategy's wish: ``target`` exposure in [-1, 1] of the risk-sized position, with optional price levels.
         *
         *         ``entry`` says how to enter, where not at the market; ``trail`` moves the stop. A target is idempotent: saying it
         *         again changes nothing. ``strategy`` is filled in by the strategist.
         */
        Signal: {
            /** @enum {unknown} */
            type: "Signal";
            symbol: string;
            target: number;
            /** @default null */
            stop: number | null;
            /** @default null */
            take_profit: number | null;
            /** @default  */
            reason: string;
            /** @default  */
            strategy: string;
            entry?: components["schemas"]["Entry"];
            trail?: components["schemas"]["Trail"];
        };
        /**
         * Entry
         * @description How a strategy wants to enter, where not at the market: at ``limit`` or better, or once ``trigger`` is reached.
         *
         *         ``expires_after_ms`` belongs to GTD. ``post_only``: rather not at all than as a taker.
         */
        Entry: {
            /** @default null */
            limit: number | null;
            /** @default null */
            trigger: number | null;
            /** @default gtc */
            time_in_force: components["schemas"]["TimeInForce"];
            /** @default null */
            expires_after_ms: number | null;
            /** @default false */
            post_only: boolean;
        };
        /**
         * TimeInForce
         * @description How long an order works: until it is withdrawn, at one price and no longer, whole or not at all, until a time.
         * @enum {unknown}
         */
        TimeInForce: "fok" | "gtc" | "gtd" | "ioc";
        /**
         * Trail
         * @description A stop that follows the best price at ``distance``, once that is ``activation`` better than the entry.
         */
        Trail: {
            distance: number;
            /** @default 0 */
            activation: number;
        };
        /**
         * Order
         * @description An order that risk has approved, at the market unless it has ``terms``: all that paper execution accepts.
         *
         *         ``stop``, ``take_profit`` and ``trail`` are the protection that starts to work when an entry has filled.
         */
        Order: {
            /** @enum {unknown} */
            type: "Order";
            id: string;
            strategy: string;
            symbol: string;
            side: components["schemas"]["Side"];
            /** Format: decimal */
            qty: string;
            role: components["schemas"]["Role"];
            reason: string;
            /** @default null */
            stop: string | null;
            /** @default null */
            take_profit: string | null;
            terms?: components["schemas"]["Terms"];
            trail?: components["schemas"]["Trailing"];
        };
        /**
         * Terms
         * @description What an order is beside a market order: an ``Entry`` on the instrument's ticks, with the time it expires at.
         */
        Terms: {
            /** @default null */
            limit: string | null;
            /** @default null */
            trigger: string | null;
            /** @default gtc */
            time_in_force: components["schemas"]["TimeInForce"];
            /** @default null */
            expires: number | null;
            /** @default false */
            post_only: boolean;
        };
        /**
         * Trailing
         * @description A ``Trail`` in exact quote units.
         */
        Trailing: {
            /** Format: decimal */
            distance: string;
            /** Format: decimal */
            activation: string;
        };
        /**
         * Amend
         * @description New protection, approved by risk, for what is held and on its way on ``side``; ``None`` takes a level away.
         */
        Amend: {
            /** @enum {unknown} */
            type: "Amend";
            strategy: string;
            symbol: string;
            side: components["schemas"]["Side"];
            stop: string | null;
            take_profit: string | null;
            trail?: components["schemas"]["Trailing"];
        };
        /**
         * Cancel
         * @description Risk's wish that a working order be withdrawn.
         */
        Cancel: {
            /** @enum {unknown} */
            type: "Cancel";
            order_id: string;
            symbol: string;
            reason: string;
        };
        /**
         * Refusal
         * @description Risk's no: which rule, what it measured and its limit, both in the rule's own unit.
         */
        Refusal: {
            /** @enum {unknown} */
            type: "Refusal";
            strategy: string;
            symbol: string;
            rule: string;
            measured: number;
            limit: number;
            /** @default  */
            reason: string;
        };
        /**
         * Fill
         * @description An execution. ``time`` is the event time of the price, ``fee`` in quote units, above zero a cost.
         */
        Fill: {
            /** @enum {unknown} */
            type: "Fill";
            id: string;
            order_id: string;
            strategy: string;
            symbol: string;
            side: components["schemas"]["Side"];
            /** Format: decimal */
            qty: string;
            /** Format: decimal */
            price: string;
            /** Format: decimal */
            fee: string;
            role: components["schemas"]["Role"];
            liquidity: components["schemas"]["Liquidity"];
            reason: string;
            time: number;
            /** @default false */
            backfilled: boolean;
        };
        /**
         * Rejection
         * @description Execution could not accept an order.
         */
        Rejection: {
            /** @enum {unknown} */
            type: "Rejection";
            order_id: string;
            strategy: string;
            symbol: string;
            reason: string;
        };
        /**
         * Cancelled
         * @description A working order was withdrawn before it filled.
         */
        Cancelled: {
            /** @enum {unknown} */
            type: "Cancelled";
            order_id: string;
            strategy: string;
            symbol: string;
            reason: string;
        };
        /**
         * Expired
         * @description The time of an order ran out before all of it had filled.
         */
        Expired: {
            /** @enum {unknown} */
            type: "Expired";
            order_id: string;
            strategy: string;
            symbol: string;
            reason: string;
        };
        /**
         * Liquidated
         * @description The venue takes a position away: ``price`` has reached ``level``, and the fill of ``order_id`` follows.
         *
         *         ``price`` is the mark price, or where ``assumed`` the last price, since no mark price came.
         */
        Liquidated: {
            /** @enum {unknown} */
            type: "Liquidated";
            order_id: string;
            strategy: string;
            symbol: string;
            /** Format: decimal */
            qty: string;
            level: number;
            price: number;
            time: number;
            assumed: boolean;
        };
        /**
         * FundingPaid
         * @description What a position of ``qty`` received at the settlement of ``time`` in quote units; below zero it paid.
         *
         *         ``price`` is the mark price of the settlement, or the last close where ``assumed``. A settlement that was told
         *         before a fill from before its time is made up for by another payment, on the quantity of that fill.
         */
        FundingPaid: {
            /** @enum {unknown} */
            type: "FundingPaid";
            strategy: string;
            symbol: string;
            time: number;
            /** Format: decimal */
            rate: string;
            /** Format: decimal */
            price: string;
            /** Format: decimal */
            qty: string;
            /** Format: decimal */
            amount: string;
            /** @default false */
            assumed: boolean;
        };
        /**
         * StateChanged
         * @description The trading state moved by ``cause``.
         */
        StateChanged: {
            /** @enum {unknown} */
            type: "StateChanged";
            previous: components["schemas"]["TradingState"];
            state: components["schemas"]["TradingState"];
            cause: string;
        };
        /**
         * EntriesBlocked
         * @description A protective rule closed the door for new entries until its condition has passed.
         */
        EntriesBlocked: {
            /** @enum {unknown} */
            type: "EntriesBlocked";
            rule: string;
            measured: number;
            limit: number;
        };
        /**
         * EntriesAllowed
         * @description The rule's condition has passed.
         */
        EntriesAllowed: {
            /** @enum {unknown} */
            type: "EntriesAllowed";
            rule: string;
        };
        /**
         * StrategyFaulted
         * @description A strategy raised: it is switched off for this symbol, its target flat; the rest goes on.
         *
         *         ``where`` is file and line in the strategy's own code, blank where what it returned was no signal.
         */
        StrategyFaulted: {
            /** @enum {unknown} */
            type: "StrategyFaulted";
            strategy: string;
            symbol: string;
            error: string;
            /** @default  */
            where: string;
        };
        /**
         * Pause
         * @description No new entries; exits and protection go on.
         */
        Pause: {
            /** @enum {unknown} */
            type: "Pause";
        };
        /**
         * Resume
         * @description Entries again, also after a stop.
         */
        Resume: {
            /** @enum {unknown} */
            type: "Resume";
        };
        /**
         * Flatten
         * @description Cancel entries, close every position at the market, then pause.
         */
        Flatten: {
            /** @enum {unknown} */
            type: "Flatten";
        };
        /**
         * Stop
         * @description As flatten (unless positions are kept, then their protection stays), then stopped until resumed.
         */
        Stop: {
            /** @enum {unknown} */
            type: "Stop";
            /** @default false */
            keep_positions: boolean;
        };
        /**
         * ClosePosition
         * @description Close what is held in one symbol at the market.
         */
        ClosePosition: {
            /** @enum {unknown} */
            type: "ClosePosition";
            symbol: string;
        };
        /**
         * InputSkipped
         * @description The operator has set aside the poison input with this number (``finantrade journal skip``).
         */
        InputSkipped: {
            /** @enum {unknown} */
            type: "InputSkipped";
            skipped: number;
        };
        /**
         * FeedGap
         * @description Bars with open times from ``start`` to ``end`` (inclusive) never came.
         */
        FeedGap: {
            /** @enum {unknown} */
            type: "FeedGap";
            symbol: string;
            start: number;
            end: number;
            bars: number;
        };
        /**
         * FeedStale
         * @description Nothing has come for ``symbol`` since ``since``: entries are refused until it is restored.
         */
        FeedStale: {
            /** @enum {unknown} */
            type: "FeedStale";
            symbol: string;
            since: number;
        };
        /**
         * FeedRestored
         * @description ``symbol`` delivers again, and what was missed has been back-filled or declared a gap.
         */
        FeedRestored: {
            /** @enum {unknown} */
            type: "FeedRestored";
            symbol: string;
        };
        /**
         * FeedEnded
         * @description The recorded data is at its end; nothing more will come from ``source``.
         */
        FeedEnded: {
            /** @enum {unknown} */
            type: "FeedEnded";
            source: string;
        };
        /**
         * ClockStepped
         * @description The wall clock moved by ``by_ms`` against the monotonic one; zero says that it is resolved.
         */
        ClockStepped: {
            /** @enum {unknown} */
            type: "ClockStepped";
            by_ms: number;
        };
        /**
         * BarRevised
         * @description A later, differing value of a bar that has been acted on: recorded, never acted on.
         */
        BarRevised: {
            /** @enum {unknown} */
            type: "BarRevised";
            bar: components["schemas"]["Bar"];
        };
        /**
         * Bar
         * @description A closed candle, keyed by ``open_time``; ``close_time`` is its last millisecond (the venue's convention).
         *
         *         ``volume`` and ``taker_buy_volume`` are in base units, the quote ones in quote units; NaN where the source has none.
         */
        Bar: {
            /** @enum {unknown} */
            type: "Bar";
            symbol: string;
            open_time: number;
            close_time: number;
            open: number;
            high: number;
            low: number;
            close: number;
            volume: number;
            /** @default null */
            quote_volume: number;
            /** @default null */
            trades: number;
            /** @default null */
            taker_buy_volume: number;
            /** @default null */
            taker_buy_quote_volume: number;
            /** @default false */
            backfilled: boolean;
            /** @default false */
            late: boolean;
        };
        /**
         * Said
         * @description What a command came to: its number in the journal, and what it caused.
         */
        Said: {
            seq: number;
            said: unknown[];
        };
        /** PauseWish */
        PauseWish: {
            /** @enum {unknown} */
            action: "pause";
        };
        /** ResumeWish */
        ResumeWish: {
            /** @enum {unknown} */
            action: "resume";
        };
        /** FlattenWish */
        FlattenWish: {
            /** @enum {unknown} */
            action: "flatten";
        };
        /** StopWish */
        StopWish: {
            /** @enum {unknown} */
            action: "stop";
            /** @default false */
            keep_positions: boolean;
        };
        /** CloseWish */
        CloseWish: {
            /** @enum {unknown} */
            action: "close";
            symbol: string;
        };
        /**
         * Credentials
         * @description What a browser signs in with.
         */
        Credentials: {
            token: string;
        };
        /**
         * Snapshot
         * @description Everything that a page shows, after which it only needs updates; ``n`` of the last update that is in it.
         */
        Snapshot: {
            /** @enum {unknown} */
            frame: "snapshot";
            api_version: number;
            n: number;
            meta: components["schemas"]["Meta"];
            status: components["schemas"]["Status"];
            bars: {
                [key: string]: components["schemas"]["Bars"];
            };
            equity: components["schemas"]["EquityCurve"];
            fills: components["schemas"]["FillRow"][];
            decisions: components["schemas"]["DecisionRow"][];
            forming: components["schemas"]["Forming"][];
        };
        /**
         * Forming
         * @description How the candle that is not over yet stands: for display alone, and gone with the next word about it.
         */
        Forming: {
            symbol: string;
            open_time: number;
            open: number;
            high: number;
            low: number;
            close: number;
            volume: number;
        };
        /**
         * Update
         * @description What has been added since update ``n - 1``, and the status as it is now.
         *
         *         ``forming`` is no part of that: it has the candles that look otherwise than they were last said to.
         */
        Update: {
            /** @enum {unknown} */
            frame: "update";
            n: number;
            status: components["schemas"]["Status"];
            bars: {
                [key: string]: components["schemas"]["Bars"];
            };
            equity: components["schemas"]["EquityCurve"];
            fills: components["schemas"]["FillRow"][];
            decisions: components["schemas"]["DecisionRow"][];
            forming: components["schemas"]["Forming"][];
        };
        /**
         * Goodbye
         * @description The daemon is going down.
         */
        Goodbye: {
            /** @enum {unknown} */
            frame: "goodbye";
            reason: string;
        };
        /** Error */
        Error: {
            code: components["schemas"]["Code"];
            message: string;
            path: string | null;
            hint: string | null;
        };
        /**
         * Code
         * @description What went wrong, for programs.
         * @enum {unknown}
         */
        Code: "bad_request" | "body_too_large" | "body_too_slow" | "foreign_host" | "foreign_origin" | "internal" | "invalid_argument" | "invalid_body" | "journal_unwritable" | "malformed_json" | "method_not_allowed" | "no_answer_yet" | "not_found" | "not_signed_in" | "quarantined" | "recovering" | "stopping" | "too_many_failures" | "unknown_symbol" | "unsupported_media_type" | "wrong_credentials";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
